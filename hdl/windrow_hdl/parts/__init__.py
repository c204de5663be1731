"""Small parts that the blocks share: counters, sequencers, adders, queues."""
