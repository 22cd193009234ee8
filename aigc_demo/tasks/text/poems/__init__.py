"""Chinese poems of the four regulated forms: prosody, tokens and the model that writes them."""
