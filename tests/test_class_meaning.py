"""What words mean to a class, by the real encoder in its process."""

from __future__ import annotations

from aigc_demo.classroom.meaning import Meanings


def test_answers_are_grouped_and_guesses_ranked_by_meaning_in_both_languages() -> None:
    meanings = Meanings()
    try:
        said = ["from the web", "out of noise", "from the internet", "it paints it from noise", "magic"]
        assert [sorted(group) for group in meanings.groups(said)] == [
            ["from the internet", "from the web"],
            ["it paints it from noise", "out of noise"],
            ["magic"],
        ]
        assert [
            len(group) for group in meanings.groups(["不知道", "噪声", "我不清楚", "从噪声里变出来的"])
        ] == [2, 2]
        same, near, far = meanings.points("月光下的猫", ["月光下的猫", "夜里的猫", "汽车"])
        assert same == 100
        assert same > near > far
        assert meanings.points("a cat", []) == []
        assert meanings.groups([]) == []
    finally:
        meanings._helper.close()
