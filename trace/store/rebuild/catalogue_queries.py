"""What is asked of the catalogues of SQLite and PostgreSQL: kinds, names and definitions."""
# ruff: noqa: S608  made of our own texts alone

SQLITE = (
    "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master "
    "WHERE name NOT GLOB 'sqlite_stat[134]' ORDER BY rowid"
)

HOME = (
    "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.oid = to_regclass('alembic_version')"
)

# What an extension brought is taken as it is, unless it bears the name of a table.
_OURS = """NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.classid = '{1}'::regclass
    AND d.deptype = 'e')"""
_IN_HOME = "n.nspname = :home"
# In another schema of the search path, or added to PostgreSQL's own.
_FOUND_BY_NAME = """n.nspname <> :home AND {0}.oid >= 16384
    AND n.nspname = ANY (current_schemas(true))"""
_OF_TABLE = """JOIN pg_class c ON c.oid = {0} JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :home"""

# Rows of name, definition, and whether it changes nothing for whoever reads the rest.
OBJECTS = {
    "": f"""
SELECT c.relname,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table'
        WHEN 'c' THEN 'type' ELSE 'relation of kind ' || c.relkind::text END
    || CASE c.relpersistence WHEN 'u' THEN '; unlogged' WHEN 't' THEN '; temporary' ELSE '' END
    || CASE WHEN c.relrowsecurity THEN '; row level security' ELSE '' END
    || CASE WHEN c.relforcerowsecurity THEN '; forced on its owner' ELSE '' END
    || COALESCE((SELECT '; also the rows of ' || string_agg(i.inhrelid::regclass::text, ', '
        ORDER BY 1) FROM pg_inherits i WHERE i.inhparent = c.oid), '')
    || CASE WHEN c.relkind IN ('v', 'm') THEN '; ' || pg_get_viewdef(c.oid) ELSE '' END,
    c.relkind IN ('r', 'S', 'c')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_IN_HOME} AND c.relkind NOT IN ('i', 'I', 't') AND {_OURS.format("c", "pg_class")}""",
    "column": f"""
SELECT c.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod),
        CASE WHEN l.collname <> 'default'
            THEN concat_ws(' ', 'COLLATE', l.collnamespace::regnamespace, l.collname) END,
        CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        CASE WHEN a.attidentity <> '' THEN 'IDENTITY ' || a.attidentity::text END,
        CASE WHEN a.attgenerated <> '' THEN 'GENERATED' WHEN e.adbin IS NOT NULL THEN 'DEFAULT' END,
        pg_get_expr(e.adbin, e.adrelid)),
    false
FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
{_OF_TABLE.format("a.attrelid")} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": f"""
SELECT c.relname || '.' || o.conname,
    pg_get_constraintdef(o.oid) || CASE WHEN o.convalidated THEN '' ELSE ' not validated' END, false
FROM pg_constraint o {_OF_TABLE.format("o.conrelid")} AND o.contype NOT IN ('n', 't')""",
    "index": f"""
SELECT c.relname || '.' || x.relname,
    pg_get_indexdef(i.indexrelid)
    || CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ' not in use' END
    || CASE WHEN i.indimmediate THEN '' ELSE ' deferrable' END,
    NOT i.indisunique AND NOT i.indisexclusion
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid {_OF_TABLE.format("i.indrelid")}
AND c.relkind NOT IN ('t', 'm')""",
    "trigger": f"""
SELECT c.relname || '.' || CASE WHEN t.tgisinternal THEN COALESCE(o.conname, '') || '.' || p.proname
        ELSE t.tgname END,
    CASE WHEN t.tgisinternal THEN 'of its constraint' ELSE pg_get_triggerdef(t.oid) END
    || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN '; disabled'
        ELSE '; enabled ' || t.tgenabled::text END, false
FROM pg_trigger t LEFT JOIN pg_constraint o ON o.oid = t.tgconstraint
JOIN pg_proc p ON p.oid = t.tgfoid {_OF_TABLE.format("t.tgrelid")}""",
    "rule": f"""
SELECT c.relname || '.' || r.rulename,
    pg_get_ruledef(r.oid)
    || CASE r.ev_enabled WHEN 'O' THEN '' ELSE '; ' || r.ev_enabled::text END, false
FROM pg_rewrite r {_OF_TABLE.format("r.ev_class")} AND r.rulename <> '_RETURN'""",
    "policy": f"""
SELECT c.relname || '.' || p.polname,
    concat_ws(' ', p.polcmd, pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid)), false
FROM pg_policy p {_OF_TABLE.format("p.polrelid")}""",
    "function": f"""
SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    concat_ws(' ', p.prokind, l.lanname, format_type(p.prorettype, NULL), p.provolatile,
        CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END, p.proconfig::text, p.prosrc, p.probin),
    false
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_IN_HOME} AND {_OURS.format("p", "pg_proc")}""",
    "operator": f"""
SELECT concat_ws(' ', o.oprleft::regtype, o.oprname, o.oprright::regtype), o.oprcode::text, false
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE {_IN_HOME} AND {_OURS.format("o", "pg_operator")}""",
}

# Who renames a table and renames it back leaves another xmin.
MARK = """
SELECT md5(COALESCE(string_agg(concat_ws(' ', c.relname, c.oid, c.xmin), ',' ORDER BY c.oid), ''))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = :home AND c.relkind NOT IN ('i', 'I', 't', 'S')"""

# Rows of one text each: what is wrong in whatever database.
ODD = (
    """
SELECT 'schema ' || n.nspname || ' is on the search path and has a ' || c.relname || ' of its own'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (current_schemas(false)) AND n.nspname <> :home
AND c.relname = ANY (:tables) ORDER BY 1""",
    """
SELECT 'the search path puts schema ' || s || ' before what PostgreSQL itself brings'
FROM (SELECT s FROM unnest(current_schemas(true)) WITH ORDINALITY AS u(s, n)
    WHERE s NOT LIKE 'pg\\_temp\\_%' ORDER BY n LIMIT 1) AS f WHERE s <> 'pg_catalog'""",
    f"""
SELECT c.relname || ' is brought by an extension and stands among the tables'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_IN_HOME} AND c.relname = ANY (:tables) AND NOT {_OURS.format("c", "pg_class")}""",
    f"""
SELECT 'function ' || p.oid::regprocedure || ' is found by name and is not of this program'
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_FOUND_BY_NAME.format("p")} AND {_OURS.format("p", "pg_proc")} ORDER BY 1""",
    f"""
SELECT 'operator ' || o.oid::regoperator || ' is found by name and is not of this program'
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE {_FOUND_BY_NAME.format("o")} AND {_OURS.format("o", "pg_operator")} ORDER BY 1""",
    f"""
SELECT 'event trigger ' || t.evtname || ' does more than was asked for'
FROM pg_event_trigger t WHERE {_OURS.format("t", "pg_event_trigger")} ORDER BY 1""",
    f"""
SELECT 'cast of ' || t.castsource::regtype || ' to ' || t.casttarget::regtype || ' is not ours'
FROM pg_cast t WHERE t.oid >= 16384 AND {_OURS.format("t", "pg_cast")} ORDER BY 1""",
    """
SELECT 'session_replication_role is ' || current_setting('session_replication_role')
    || ': triggers do not fire'
WHERE current_setting('session_replication_role') <> 'origin'""",
    """
SELECT setting || ' is set for ' || COALESCE(pg_get_userbyid(NULLIF(s.setrole, 0)), 'every role')
    || ': triggers do not fire'
FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
WHERE setting LIKE 'session_replication_role=%' AND setting NOT LIKE '%=origin'
AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))""",
)

# Reported only: another role may see other tables than the audit did.
SETTINGS = """
SELECT setting || ' is set for ' || COALESCE(pg_get_userbyid(NULLIF(s.setrole, 0)), 'every role')
FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
WHERE setting LIKE 'search_path=%'
AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 1"""
