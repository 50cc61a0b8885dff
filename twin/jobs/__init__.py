"""Job records: who asked for which work, how far it is, and what came of it."""

from twin.jobs.job import Job, Message, Status
from twin.jobs.jobs import Jobs

__all__ = ["Job", "Jobs", "Message", "Status"]
