"""What `/readyz` says of a process, alive all the while."""

from __future__ import annotations

from rig import until

from complaints_local.processes import ServiceProcess

SECONDS = 30


async def says(process: ServiceProcess, cause: str) -> None:
    """Waits until it is red for this cause."""

    async def said() -> bool:
        assert await process.lives()
        return any(cause in problem for problem in await process.problems())

    await until(said, SECONDS)
    print(f"red: {await process.problems()}")


async def is_green(process: ServiceProcess) -> None:
    """Waits until it is ready."""

    async def green() -> bool:
        assert await process.lives()
        return not await process.problems()

    await until(green, SECONDS)
