"""What is written in the search field: words that mean filters, and text."""
