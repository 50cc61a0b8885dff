"""The commands of ``city-twin``, one file each; heavy imports happen inside of them, so that ``--help`` is quick."""
