"""The checker: is what the running application shows ever old, torn, lost or made up?

It looks from outside only. Writers of every kind and readers of every page work at once; each
operation is recorded with the time at which it was asked for and answered (`history.py`), and
from that record alone it is decided (`verdict.py`) whether there is one order of all writes and
pages that explains everything that was seen and agrees with the clock: linearizability, as
Herlihy and Wing (1990) define it, of every (row, field), and of whole pages as snapshots.

What is driven stands behind `driver.py`. `run.py` is the run itself.
"""
