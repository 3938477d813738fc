-- A page of what a search finds, behind the lead `after`: leads that have its text and whatever else a list can ask for, in its order. Without an order ("best") those
-- that are called so first, then those whose name begins so, then the rest, each the newest first. When fewer than TOO_FEW have it, those whose names are nearly so
-- come behind them (`nearly`). `cut`: there may be more than were looked at.
--
-- What some leads have is gathered by indexes, narrowed and sorted. Of what more have, the page is met on the way through all in their order: what is frequent among
-- the newest is frequent. `own`: by row security nobody else's leads are seen; these are gone through in the one index that holds all that is looked at. Addresses are
-- ASCII (component/base/email.h): COLLATE "C" makes them small without asking what language they are in, a third of the time that a way through 20,000 takes.
CREATE OR REPLACE FUNCTION crm.lead_found(list jsonb, after bigint, size bigint, own boolean) RETURNS TABLE (id bigint, nearly boolean, cut boolean)
LANGUAGE plpgsql STABLE ROWS 11 SET plan_cache_mode = force_custom_plan SET random_page_cost = 1.1 SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_variable
DECLARE
    most    constant bigint := 2000;
    few     constant bigint := 100;
    too_few constant bigint := 20;
    enough  bigint := most;        -- of which more need not be gathered by who sees their own
    f       crm.lead_filter := crm.lead_filter_of(list);
    rest    crm.lead_filter := f;  -- what is asked for beside the text
    plain   constant boolean := list - '{sort,text,digits}'::text[] = '{}';
    equal   bigint[] := '{}';      -- called so, and whose names begin so: of which more than MOST are not all here
    begins  bigint[] := '{}';
    holds   bigint[] := '{}';
    near    bigint[] := '{}';
    common  boolean := false;      -- many of the newest have it, further on than at their beginning
    fit     bigint[];
    walk    boolean;
    mark_id bigint;
    mark_at timestamptz;
    marked  int;
    tier    int := 0;
    got     bigint;
BEGIN
    rest.text := NULL;
    cut := false;
    IF f.sort NOT IN ('best', 'name') THEN
        enough := 2 * few;  -- names that hold a text stand together in their order, and are far from its beginning
    END IF;
    IF after IS NOT NULL THEN
        SELECT l.id, l.created_at, CASE WHEN l.sort_name = f.text OR lower(l.email) = f.text THEN 0 WHEN l.sort_name ^@ f.text THEN 1 ELSE 2 END INTO mark_id, mark_at, marked
          FROM crm.lead l WHERE l.id = after;
    END IF;
    IF own AND plain AND f.sort = 'best' THEN
        holds := ARRAY(SELECT h.id FROM (
                          SELECT l.id, CASE WHEN l.sort_name = f.text OR lower(l.email COLLATE "C") = f.text THEN 0 WHEN starts_with(l.sort_name, f.text) THEN 1 ELSE 2 END AS tier
                            FROM crm.lead l
                           WHERE l.deleted_at IS NULL AND (strpos(l.sort_name, f.text) > 0 OR strpos(lower(l.email COLLATE "C"), f.text) > 0 OR strpos(l.phone, f.digits) > 0)) AS h
                        WHERE after IS NULL OR (h.tier, -h.id) > (marked, -mark_id)
                        ORDER BY h.tier, h.id DESC LIMIT greatest(size, too_few));
        IF cardinality(holds) >= least(size, too_few) THEN
            RETURN QUERY SELECT h.id, false, false FROM unnest(holds) WITH ORDINALITY AS h (id, place) ORDER BY h.place LIMIT size;
            RETURN;
        END IF;
    END IF;
    IF own THEN
        IF after IS NOT NULL OR NOT plain OR f.sort <> 'best' THEN
            holds := ARRAY(SELECT l.id FROM crm.lead l
                            WHERE l.deleted_at IS NULL AND (strpos(l.sort_name, f.text) > 0 OR strpos(lower(l.email COLLATE "C"), f.text) > 0 OR strpos(l.phone, f.digits) > 0)
                            LIMIT enough + 1);
        END IF;
        IF cardinality(holds) > enough THEN
            RETURN QUERY SELECT p, false, false FROM crm.lead_page(list || CASE WHEN f.sort = 'best' THEN '{"sort": "newest"}' ELSE '{}' END::jsonb, after, size) AS p;
            RETURN;
        END IF;
    ELSE
        equal := ARRAY(SELECT l.id FROM crm.lead l WHERE l.deleted_at IS NULL AND l.sort_name = f.text LIMIT most + 1)
              || ARRAY(SELECT l.id FROM crm.lead l WHERE l.deleted_at IS NULL AND lower(l.email) = f.text LIMIT most + 1);
        begins := ARRAY(SELECT l.id FROM crm.lead l WHERE l.deleted_at IS NULL AND l.sort_name ^@ f.text ORDER BY l.sort_name USING ~<~, l.id LIMIT most + 1);
        holds := ARRAY(SELECT r.id FROM (SELECT l.id, l.sort_name, l.email, l.phone FROM crm.lead l WHERE l.deleted_at IS NULL ORDER BY l.id DESC LIMIT 3000) AS r
                        WHERE NOT r.sort_name ^@ f.text AND (strpos(r.sort_name, f.text) > 0 OR strpos(lower(r.email COLLATE "C"), f.text) > 0 OR strpos(r.phone, f.digits) > 0));
        common := cardinality(holds) > 15;
        IF f.sort = 'best' AND (common OR cardinality(begins) > few OR cardinality(equal) > few) THEN
            tier := coalesce(marked, 0);
            WHILE tier <= 2 AND size > 0 LOOP
                f.tier := tier;
                IF tier = 2 AND NOT common THEN
                    cut := length(f.text) < 3 OR cardinality(begins) > most;
                    holds := CASE WHEN cut THEN holds ELSE crm.lead_holding(f.text, f.digits, most) END;
                    cut := cut OR cardinality(holds) > most;
                END IF;
                walk := CASE tier WHEN 0 THEN cardinality(equal) > few WHEN 1 THEN cardinality(begins) > few ELSE common END;
                IF walk THEN
                    RETURN QUERY SELECT p, false, cut FROM crm.lead_page(list || jsonb_build_object('sort', 'newest', 'tier', tier), after, size) AS p;
                ELSE
                    fit := crm.lead_narrowed(CASE tier WHEN 0 THEN equal WHEN 1 THEN begins ELSE holds END, f);
                    RETURN QUERY SELECT l.id, false, cut FROM crm.lead l
                        WHERE l.id = ANY (fit) AND crm.lead_matches(l, f)
                          AND (after IS NULL OR (l.created_at, l.id) < (mark_at, mark_id))
                        ORDER BY l.created_at DESC, l.id DESC LIMIT size;
                END IF;
                GET DIAGNOSTICS got = ROW_COUNT;
                size := size - got;
                tier := tier + 1;
                after := NULL;
            END LOOP;
            RETURN;
        ELSIF (common OR cardinality(begins) > most) AND f.tag IS NOT NULL THEN
            -- In another order, with a tag: among the newest that have it.
            holds := ARRAY(SELECT t.lead_id FROM crm.lead_tag t WHERE t.tag = f.tag ORDER BY t.lead_id DESC LIMIT 2 * most + 1);
            cut := cardinality(holds) > 2 * most OR cardinality(begins) > most;
            holds := ARRAY(SELECT l.id FROM crm.lead l WHERE l.id = ANY (holds) AND crm.lead_matches(l, f));
        ELSIF common OR cardinality(begins) > most THEN
            -- In another order: among the first of it, or else of the newest, without going through all for the last one.
            cut := true;
            fit := ARRAY(SELECT l.id
                           FROM crm.lead_page(list - '{text,digits}'::text[], after, 2 * most) WITH ORDINALITY AS p (id, place) JOIN crm.lead l ON l.id = p.id
                          WHERE strpos(l.sort_name, f.text) > 0 OR strpos(lower(l.email COLLATE "C"), f.text) > 0 OR strpos(l.phone, f.digits) > 0
                          ORDER BY p.place LIMIT size);
            IF cardinality(fit) = size OR after IS NOT NULL THEN
                RETURN QUERY SELECT h.id, false, true FROM unnest(fit) WITH ORDINALITY AS h (id, place) ORDER BY h.place;
                RETURN;
            END IF;
        ELSIF length(f.text) < 3 THEN
            cut := true;
        ELSE
            holds := crm.lead_holding(f.text, f.digits, most);
            cut := cardinality(holds) > most;
        END IF;
        holds := ARRAY(SELECT unnest(equal || begins || holds) AS n GROUP BY n);
    END IF;
    IF own THEN
        holds := crm.lead_narrowed_own(holds, f);
    ELSE
        holds := crm.lead_narrowed(holds, f);
    END IF;
    IF list - '{sort,text,digits,tag,fields}'::text[] <> '{}' THEN
        holds := ARRAY(SELECT l.id FROM crm.lead l WHERE l.id = ANY (holds) AND crm.lead_matches(l, rest));
    END IF;
    IF cardinality(holds) < too_few AND length(f.text) >= 3 AND NOT common THEN
        IF own THEN
            near := crm.lead_narrowed_own(crm.lead_similar_own(f.text, 200), f);
        ELSE
            near := crm.lead_narrowed(crm.lead_similar_all(f.text, 200), f);
        END IF;
        near := ARRAY(SELECT l.id FROM crm.lead l WHERE l.id = ANY (near) AND l.id <> ALL (holds) AND crm.lead_matches(l, rest));
    END IF;
    RETURN QUERY
        WITH hit AS (
            SELECT l.id, h.nearly, row_number() OVER (ORDER BY h.nearly,
                       CASE WHEN f.sort = 'best' THEN CASE WHEN l.sort_name = f.text OR lower(l.email) = f.text THEN 0 WHEN l.sort_name ^@ f.text THEN 1 ELSE 2 END END,
                       CASE WHEN f.sort = 'name' THEN l.sort_name END, CASE WHEN f.sort = 'follow-up' THEN l.sort_follow_up END,
                       CASE WHEN f.sort = 'budget' THEN l.sort_budget END DESC, CASE WHEN f.sort = 'score' THEN l.score END DESC NULLS LAST,
                       CASE WHEN f.sort = 'oldest' THEN l.created_at END, CASE WHEN f.sort = 'oldest' THEN l.id END, l.created_at DESC, l.id DESC) AS place
              FROM (SELECT e AS id, false AS nearly FROM unnest(holds) AS e UNION ALL SELECT n, true FROM unnest(near) AS n) AS h JOIN crm.lead l ON l.id = h.id
             WHERE l.deleted_at IS NULL)
        SELECT h.id, h.nearly, cut FROM hit h
         WHERE h.place > CASE WHEN after IS NULL THEN 0 ELSE (SELECT m.place FROM hit m WHERE m.id = after) END
         ORDER BY h.place LIMIT size;
END $$;
REVOKE ALL ON FUNCTION crm.lead_found(jsonb, bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crm.lead_found(jsonb, bigint, bigint, boolean) TO crm_sales;
