"""Measures drawn pictures against the real ones: tools/evaluate_report.py."""
