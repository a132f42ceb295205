"""The parts of the audit, which `suyuan.trace.watch.audit` puts together."""
