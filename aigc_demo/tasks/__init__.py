"""One folder a task. A task declares; its pipelines compute; none imports another.

Tasks of the owner's own lie in the folders that ``AIGC_TASKS`` names, and are imported as if they lay here.
"""

from aigc_demo.settings import task_folders

__path__.extend(map(str, task_folders()))
