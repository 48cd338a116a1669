"""What a training run leaves behind: its folder, its licences, the card of what is compiled from it."""
