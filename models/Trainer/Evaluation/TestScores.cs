using System.Text.Json.Serialization;

using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>What a member made of one test.</summary>
/// <param name="Test">Its name, see <see cref="HeldOutQuestions.Of"/>.</param>
/// <param name="Scores">Exact match by family and level.</param>
/// <param name="Refused">The share of questions with an answer that the member says it does not know.</param>
/// <param name="OtherKind">The share of questions answered in the form of another kind of question, refusals not counted.</param>
internal sealed record TestScores(string Test, IReadOnlyList<LevelScore> Scores, double Refused, double OtherKind)
{
    /// <summary>How many questions were asked.</summary>
    [JsonIgnore]
    public int Questions => Scores.Sum(score => score.Questions);

    /// <summary>Counts the answers of a member.</summary>
    public static TestScores Count(string test, IReadOnlyList<TaskExample> questions, IReadOnlyList<string> answers)
    {
        bool[] isRight = [.. questions.Zip(answers, (question, answer) => question.Answer == answer)];
        (string? Expected, string? Given)[] kinds =
            [.. questions.Zip(answers, (question, answer) => (AnswerKind.Of(question.Answer), AnswerKind.Of(answer)))];
        return new TestScores(
            test,
            ScoreSheet.Count(questions, isRight),
            kinds.Average(kind => kind.Given == AnswerKind.Refusal && kind.Expected != AnswerKind.Refusal ? 1.0 : 0),
            kinds.Average(kind => kind.Given is not (null or AnswerKind.Refusal) && kind.Given != kind.Expected ? 1.0 : 0));
    }
}
