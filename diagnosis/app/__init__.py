"""The application that is looked at: right.py is the right one, variants/ differ by a few lines.

Runs in a virtual environment of its own (requirements.txt), never in the product's.
"""
