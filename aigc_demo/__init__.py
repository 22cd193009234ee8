"""AIGC Studio: text, pictures, restyled photos and music from real models, in Chinese and English."""
