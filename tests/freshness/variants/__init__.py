"""Deliberately broken variants of the application: ways in which pages become old and writes get
lost, each as it is found in the wild. `settings` turns on the one that FRESHNESS_VARIANT names, in
the server's processes only."""
