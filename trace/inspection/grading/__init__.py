"""Grades of operators by risk and credit, by a table of rules over facts of the ledger."""
