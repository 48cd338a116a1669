"""The page for who sets a camera up in the room: aiming, masks, the bed. Off until somebody there switches it on."""
