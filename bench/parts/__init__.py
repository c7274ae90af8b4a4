"""One module per part, each with `run(bench)`, which adds lines to the results."""
