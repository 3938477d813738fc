/* Every statement of schema/queries/, prepared against the schema: names exist, parameters and columns have
 * the declared types. */
#include "db_fixture.h"

#include <time.h>

#include "db/statement.h"
#include "db/wire_types.h"

static PGconn *connection;

static int connect_admin(void **state)
{
    (void)state;
    if (getenv("CRM_TEST_ADMIN_CONNINFO") == NULL) {
        return 0;
    }
    connection = PQconnectdb(getenv("CRM_TEST_ADMIN_CONNINFO"));
    return PQstatus(connection) == CONNECTION_OK ? 0 : -1;
}

static int disconnect(void **state)
{
    (void)state;
    PQfinish(connection);
    return 0;
}

static bool complain(const struct statement *statement, const char *about, const char *problem)
{
    print_error("%s: %s: %.*s\n", statement->name, about, (int)strcspn(problem, "\n"), problem);
    return false;
}

static bool columns_fit(const struct statement *statement, const PGresult *description)
{
    bool good = true;
    if ((size_t)PQnfields(description) != statement->column_count && statement->column_count > 0) {
        return complain(statement, "columns", "the SELECT list and the header differ in number");
    }
    for (size_t i = 0; i < statement->column_count; i++) {
        const struct column *column = &statement->columns[i];
        if (column->type != TYPE_TEXT && PQftype(description, (int)i) != statement_type_oid(column->type)) {
            good = complain(statement, column->name,
                            "PostgreSQL gives this column another type than the header");
        }
    }
    return good;
}

static bool fits(const struct statement *statement)
{
    Oid types[64];
    for (size_t i = 0; i < statement->parameter_count; i++) {
        types[i] = statement_type_oid(statement->parameters[i].type);
    }
    PGresult *result =
        PQprepare(connection, statement->name, statement->sql, (int)statement->parameter_count, types);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK ||
                complain(statement, "prepare", PQresultErrorMessage(result));
    PQclear(result);
    if (!good) {
        return false;
    }
    result = PQdescribePrepared(connection, statement->name);
    good = columns_fit(statement, result);
    PQclear(result);
    return good;
}

static void every_statement_fits_the_schema(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    bool good = true;
    size_t count = 0;
    for (; query_statements[count] != NULL; count++) {
        good = fits(query_statements[count]) && good;
    }
    print_message("# %zu statements\n", count);
    assert_true(good);
}

/* PostgreSQL tells names of prepared statements apart by 63 bytes; ours are ROLE.STATEMENT. */
static void every_name_is_short_enough(void **state)
{
    (void)state;
    for (size_t i = 0; query_statements[i] != NULL; i++) {
        assert_true(strlen("crm_customer.") + strlen(query_statements[i]->name) <= 63);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_fits_the_schema),
        cmocka_unit_test(every_name_is_short_enough),
    };
    return cmocka_run_group_tests(tests, connect_admin, disconnect);
}
