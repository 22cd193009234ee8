"""The page that visitors see: Gradio's form on the left, what is being made on the right.

Knows layout, widgets and words. Knows nothing of how anything is computed or stored: the form's
values go to the HTTP routes of ``aigc_demo.api`` and the answers are drawn by ``assets/ui``.
"""
