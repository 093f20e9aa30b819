from .design import Design
from .executors import dask, processes
from .running import Swept, run
from .shards import table

__all__ = ["Design", "Swept", "dask", "processes", "run", "table"]
