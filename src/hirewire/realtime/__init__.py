"""The Real-time API: who may see which frames, and the streams that carry them."""
