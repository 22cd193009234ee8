"""Small pictures that a network learns within a minute: data, networks, trained models and how good they are.

Knows pictures, labels and torch. Knows nothing of runs or tasks: lessons train what is here, the Image tab
draws with it.
"""
