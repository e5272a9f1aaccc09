"""What is going on: metrics, health, and logs that cannot leak a person."""
