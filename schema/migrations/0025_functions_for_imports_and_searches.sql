-- crm.import_runs() and crm.lead_narrowed_own() are new (functions/): the crmd that asks for them starts only where they are.
DO $$ BEGIN END $$;
