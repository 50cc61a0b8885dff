"""The fictional riverside town Kawabe (川辺市), made by rule and seed; in the form in which every reader hands a city over."""

from geodata.sample.kawabe import SampleCity, sample_city

__all__ = ["SampleCity", "sample_city"]
