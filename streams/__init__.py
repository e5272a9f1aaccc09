"""What happens to a message: a pure core, and the runtimes that carry out its effects."""
