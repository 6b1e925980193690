"""The sample repository, its issues, and what the rehearsed model says to them."""

from demo.samples.sample import SampleIssue, sample_issues, sample_scripts, shop_bundle

__all__ = ["SampleIssue", "sample_issues", "sample_scripts", "shop_bundle"]
