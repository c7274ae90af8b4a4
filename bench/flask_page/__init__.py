"""What the product is measured against: README.md."""
