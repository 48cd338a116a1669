"""SecretFlow SPU beside this engine: installed in an environment of its own, on the network of a bundle."""
