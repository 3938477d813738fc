"""Leads from a CSV file: `crmctl import`, a yes, and the job until it is done, over psql's \\copy of the same rows into a table with the indexes and constraints
of crm.lead and no triggers; and what of memory a million rows take: crmctl's, which reads the file, and crmd's above idle, which imports its rows."""

import json
import os
import resource
import subprocess
import tempfile
import time

import figures
import sides
from support.stack import run_program

ROWS = int(os.environ.get("IMPORT_ROWS", 100_000))
MANY = int(os.environ.get("IMPORT_MANY", 1_000_000))

FIGURES = ("import_rate_ratio", "import_peak_mib")


def write_rows(path, first, count):
    with open(path, "w", encoding="utf-8") as file:
        file.write("Name,Email,Phone,Budget,Requirements\n")
        for number in range(first, first + count):
            file.write(f"Person {number * 7919 % 1000003:x} {number},lead{number}@example.in,+919{number:09d},{number % 90000 + 1000} INR,wants course {number}\n")
    os.chmod(path, 0o644)


def ctl(stack, *words):
    return json.loads(run_program("ctl", stack.run, "--as", "bench", "--yes", "--json", *words, timeout=3600))


def import_file(stack, path):
    """Seconds from the file to the last lead."""
    begin = time.monotonic()
    ctl(stack, "import", str(path))
    number = stack.sql("SELECT max(id) FROM crm.import")[0][0]
    ctl(stack, "import.start", str(number))
    stack.sql_until("SELECT state = 'done' FROM crm.import WHERE id = %s", number, timeout=3600)
    return time.monotonic() - begin


def copy_rows(stack, path):
    """Seconds of \\copy, as it stands."""
    stack.sql("CREATE TABLE reference (LIKE crm.lead INCLUDING ALL)")
    stack.sql("ALTER TABLE reference ADD FOREIGN KEY (source) REFERENCES crm.lead_source, ADD FOREIGN KEY (creator) REFERENCES crm.person,"
              " ADD FOREIGN KEY (assignee) REFERENCES crm.person, ALTER source SET DEFAULT 'import', ALTER budget_currency SET DEFAULT 'INR'")
    person = stack.sql("SELECT id FROM crm.person WHERE username = 'bench'")[0][0]
    stack.sql(f"ALTER TABLE reference ALTER creator SET DEFAULT {person}")
    plain = path + ".copy"
    with open(path, encoding="utf-8") as given, open(plain, "w", encoding="utf-8") as file:
        next(given)
        for line in given:
            file.write(line.replace(" INR,", "00,"))
    env = {**os.environ, "PGPASSWORD": stack.secret("postgres_password")}
    begin = time.monotonic()
    subprocess.run(["psql", "-X", "-q", "-h", stack.env["CRM_PG_SOCKET_DIR"], "-p", stack.env["CRM_PG_PORT"], "-U", "postgres", "crm", "-c",
                    f"\\copy reference (name, email, phone, budget_minor, requirements) FROM '{plain}' CSV"], check=True, env=env)
    seconds = time.monotonic() - begin
    os.unlink(plain)
    stack.sql("DROP TABLE reference")
    return seconds


def run(stacks):
    stack = sides.new_stack()
    stacks.append(stack)
    stack.start()
    stack.sql("INSERT INTO crm.person (kind, username, name, role) VALUES ('staff', 'bench', 'Bench', 'manager')")
    pid = stack.children["crmd"].pid
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        path = f"{folder}/leads.csv"
        write_rows(path, 1, ROWS)
        copied = copy_rows(stack, path)
        idle = sides.memory_mib(pid)
        imported = import_file(stack, path)
        assert stack.sql("SELECT count(*) FROM crm.lead")[0][0] == ROWS
        figures.keep("import_rate_ratio", copied / imported, rows=ROWS, copy_s=copied, import_s=imported)
        print(f"  {ROWS:,} rows: \\copy {copied:.1f} s, import {imported:.1f} s", flush=True)
        write_rows(path, 200_000_000, MANY)
        seconds = import_file(stack, path)
        grown = sides.memory_mib(pid, "VmHWM") - idle
        reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        figures.keep("import_peak_mib", max(grown, reader), crmd_grew_mib=grown, crmctl_mib=reader, rows=MANY, import_s=seconds)
        print(f"  {MANY:,} rows in {seconds:.0f} s: crmd {grown:.0f} MiB above idle, crmctl {reader:.0f} MiB", flush=True)
