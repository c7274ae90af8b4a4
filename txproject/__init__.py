import decimal

# Amounts have up to 78 digits before the point and 36 after it. The default of 28 digits would
# round sums made in Python. Threads copy this context when they start.
decimal.DefaultContext.prec = 256
decimal.setcontext(decimal.DefaultContext.copy())
