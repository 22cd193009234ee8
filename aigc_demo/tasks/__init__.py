"""One folder a task. A task declares; its pipelines compute; none imports another."""
