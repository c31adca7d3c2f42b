"""What every operation of the management API shares: who asks, with what, and how it is answered and described."""
