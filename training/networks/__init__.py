"""Networks that can be trained here and compiled for secure inference. Their weights carry torchvision's names."""
