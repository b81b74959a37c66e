"""Update: new software for the station, from the order to the restart."""
