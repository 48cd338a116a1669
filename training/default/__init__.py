"""The network that is trained on drawn faces alone: SqueezeNet v1.1, four levels, action units beside them."""
