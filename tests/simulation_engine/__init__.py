"""The whole engine under simulated faults, in one process, reproducible by seed.

The law of this room:

- The engine runs as it is: planner, dispatch, reconcile, receipts, webhooks, periodic jobs, its own scheduler. Nothing
  of it is replaced but what reads a clock, waits, or makes a thread (`stage`), the driver's door (`door`), and the
  provider (`provider`).
- Several workers and web processes are strands of one thread. A strand gives way before each transaction, while it
  waits and while a request is under way; never within a transaction.
- Every choice comes from the seed. What happens to the engine is a list of events (`plan`), so that a failing run can
  be cut down to the few events that it needs (`shrinking`); smaller choices are drawn from names, not in turn.
- The model (`model`) imports nothing of the engine. It is told what the provider was asked and took, what phones wrote
  and read, and what the engine answered, and reckons local times, states and adherence for itself.
- A fault that is known and not mended yet is a switched-off feature of the world, with its reason (`known_faults`).
  `mutations` puts faults into the engine; each must be found.

Replay a failure: `python3 dev.py bench simulate-engine --seed 17` (docs/how-to/replay-a-simulation.md).
"""
