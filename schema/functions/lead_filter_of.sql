-- What a list asks for as crm.lead_page() and its neighbours take it.
CREATE OR REPLACE FUNCTION crm.lead_filter_of(list jsonb) RETURNS crm.lead_filter
LANGUAGE plpgsql STABLE AS $$
DECLARE
    f     crm.lead_filter;
    first jsonb := CASE WHEN list->>'tag' IS NULL THEN list->'fields'->0 END;
BEGIN
    f.sort := list->>'sort';
    f.status := list->>'status';
    f.statuses := string_to_array(list->>'statuses', ',');
    f.assignee := list->>'assignee';
    f.nobody := coalesce((list->>'nobody')::boolean, false);
    f.source := list->>'source';
    f.since := list->>'since';
    f.before := list->>'before';
    f.budget_from := list->>'budget_from';
    f.budget_to := list->>'budget_to';
    f.currency := list->>'currency';
    f.due_since := list->>'due_since';
    f.due_until := list->>'due_until';
    f.score_from := list->>'score_from';
    f.score_to := list->>'score_to';
    f.tag := list->>'tag';
    f.field := first->>'field';
    f.field_is := lower(left(first->>'is', 100));
    f.field_from := first->>'from';
    f.field_to := first->>'to';
    f.field_currency := first->>'currency';
    f.more := CASE WHEN first IS NULL THEN list->'fields' ELSE (list->'fields') - 0 END;
    f.more := CASE WHEN jsonb_array_length(f.more) > 0 THEN f.more END;
    f.text := list->>'text';
    f.digits := list->>'digits';
    f.tier := list->>'tier';
    RETURN f;
END $$;
REVOKE ALL ON FUNCTION crm.lead_filter_of(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_filter_of(jsonb) TO crm_admin, crm_manager, crm_lead, crm_sales;
