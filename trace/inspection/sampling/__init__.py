"""Sampling (抽检): laboratories' reports, the retest's draw, disposal, plans."""
