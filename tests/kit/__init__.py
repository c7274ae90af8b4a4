"""The kit of diagnosis/kit, at four applications that were written for it."""
