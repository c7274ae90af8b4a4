"""Why a Flask page goes stale: each mechanism as a variant of one small application, what each
looks like from outside, and how to tell them apart. `./dev diagnose`, docs/diagnosis.md."""
