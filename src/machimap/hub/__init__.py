"""A class on one machine: servers and kernels forked from one process that has everything loaded.

Importing Lab, pandas and geopandas anew for every learner costs seconds and a hundred megabytes each; a forked process
starts at once and shares those pages. Used by `deploy/jupyterhub` (Linux); without it everything starts as usual.
"""
