"""Joins in hardware: beats of several streams become beats of one."""
