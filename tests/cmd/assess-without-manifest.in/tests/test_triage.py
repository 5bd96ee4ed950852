from triage import sort


def test_sort():
    assert sort("my invoice is wrong") == "billing"
