"""Text that people write: bounded, and without the zero byte that PostgreSQL does not take."""

from typing import Annotated

from pydantic import Field

Line = Annotated[str, Field(max_length=200, pattern="^[^\\x00]*$")]
Text = Annotated[str, Field(max_length=2000, pattern="^[^\\x00]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]*[^\\s\\x00][^\\x00]*$")]
"""With something to be seen in it."""
