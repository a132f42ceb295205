"""The quick audit: everything is checked on all cores, and whether anything is wrong is found.

What is wrong, the thorough audit of `suyuan.trace.watch.audit` says, which is far slower.
"""
