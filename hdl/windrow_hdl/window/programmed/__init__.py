"""Windows with limits and increments in registers instead of tables: run-time configuration.

    settings ─▶ Control ─▶ geometry ─▶ ProgrammedLineBuffer, walks
                  │ hold: no new frame          │
                  └──────── idle ◀──────────────┘

The fixed hardware plays tables of what each window needs and frees.  This one compares coordinates: rows
ahead in two small counters, and within a row the position that was written with the one that is read.
"""
