-- What later imports have done to a lead is looked for when an earlier one is taken back (crm.import_undo_slice()). Leads that an import has added are not in it.
CREATE INDEX import_change_by_lead ON crm.import_change (lead_id, import_id) WHERE before IS NOT NULL;
