namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>
/// What the text of an answer shows about its being right: whether the arithmetic that is written holds, whether numbers
/// of the question are left out or numbers come from nowhere, whether the result follows from the last step, how the text
/// is worded and whether it ends. Made for word problems in the manner of GSM8K. Time and memory are linear in the texts, which
/// may be of any content.
/// </summary>
public sealed class ArithmeticFeatures : ITextFeatures
{
    private static readonly (string Name, Func<AnswerReading, double> Value)[] Table =
    [
        ("equations", r => Log(r.All.Equations.Count)),
        ("equations_wrong", r => Math.Min(r.All.Wrong, 3)),
        ("equations_any_wrong", r => Flag(r.All.Wrong > 0)),
        ("equations_rounded", r => Math.Min(r.All.Rounded, 3)),
        ("equations_elided", r => Math.Min(r.All.Elided, 3)),
        ("annotated_wrong", r => Math.Min(r.Annotated.Wrong, 3)),
        ("written_wrong", r => Math.Min(r.Written.Wrong, 3)),
        ("last_equation_wrong", r => Flag(r.All.LastIsWrong)),
        ("annotations", r => Log(r.Annotations)),
        ("no_annotation", r => Flag(r.Annotations == 0)),
        ("results_fractional", r => Math.Min(r.All.FractionalResults, 4)),
        ("results_negative", r => Math.Min(r.All.NegativeResults, 3)),
        ("results_dangling", r => Math.Min(r.All.DanglingResults, 4)),
        ("results_dangling_any", r => Flag(r.All.DanglingResults > 0)),
        ("results_distinct", r => Log(r.All.DistinctResults)),
        ("result_largest", r => Math.Log(1 + r.All.LargestResult)),
        ("additions", r => Log(r.All.CountOf(TokenKind.Plus))),
        ("subtractions", r => Log(r.All.CountOf(TokenKind.Minus))),
        ("multiplications", r => Log(r.All.CountOf(TokenKind.Times))),
        ("divisions", r => Log(r.All.CountOf(TokenKind.Divide))),
        ("final_marked", r => Flag(r.Final.Form != FinalForm.None)),
        ("final_hash", r => Flag(r.Final.Form == FinalForm.Hash)),
        ("final_missing", r => Flag(r.Final.Value is null)),
        ("final_integer", r => Flag(r.Final.IsInteger)),
        ("final_negative", r => Flag(r.Final.Value < 0)),
        ("final_zero", r => Flag(r.Final.Value == 0)),
        ("final_one", r => Flag(r.Final.Value == 1)),
        ("final_size", r => Math.Log(1 + Math.Abs(r.Final.Value ?? 0))),
        ("final_above_given", r => Flag(Math.Abs(r.Final.Value ?? 0) > 100 * (1 + r.Support.LargestGiven))),
        ("final_is_given", r => Flag(r.Support.FinalIsGiven)),
        ("final_is_result", r => Flag(r.All.FinalIsResult)),
        ("final_is_last_result", r => Flag(r.All.FinalIsLastResult)),
        ("letters_after_final", r => Log(r.Final.LettersAfter)),
        ("unused_in_equations", r => Math.Min(r.Support.UnusedInEquations, 4)),
        ("unused_in_equations_any", r => Flag(r.Support.UnusedInEquations > 0)),
        ("unused_in_answer", r => Math.Min(r.Support.UnusedInAnswer, 4)),
        ("unused_in_answer_any", r => Flag(r.Support.UnusedInAnswer > 0)),
        ("unsupported_operands", r => Math.Min(r.Support.UnsupportedOperands, 4)),
        ("unsupported_operands_any", r => Flag(r.Support.UnsupportedOperands > 0)),
        ("common_operands", r => Math.Min(r.Support.CommonOperands, 4)),
        ("reused_results", r => Log(r.Support.ReusedResults)),
        ("steps_per_given", r => (r.All.DistinctResults + 1.0) / (r.Support.GivenNumbers + 1)),
        ("answer_words", r => Log(r.Answer.Words)),
        ("answer_lines", r => Log(r.Answer.Lines)),
        ("lines_without_equation", r => Log(r.LinesWithoutEquation)),
        ("answer_hedges", r => Math.Min(r.Answer.HedgeCount, 5)),
        ("answer_repetition", r => (double)r.Answer.RepeatedTrigrams / (1 + r.Answer.Words)),
        ("answer_ends_cleanly", r => Flag(r.Answer.EndsCleanly)),
        ("answer_cut", r => Flag(r.EndsInAnnotation)),
        ("answer_per_question", r => Log(r.Answer.Words) - Log(r.Question.Words)),
        ("closing_overlap", r => r.Overlap),
        ("question_words", r => Log(r.Question.Words)),
        ("question_sentences", r => Log(r.Question.Breaks)),
        ("question_numbers", r => Log(r.Support.GivenNumbers)),
        ("question_literals", r => Log(r.Support.Literals)),
        ("question_largest", r => Math.Log(1 + r.Support.LargestGiven)),
    ];

    private ArithmeticFeatures()
    {
    }

    /// <summary>The set.</summary>
    public static ArithmeticFeatures Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "arithmetic";

    /// <inheritdoc/>
    public IReadOnlyList<string> Features { get; } = [.. Table.Select(feature => feature.Name)];

    /// <inheritdoc/>
    public ITextReader ReaderOf(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return new Reader(new(question));
    }

    /// <summary>The features of a whole answer to a question.</summary>
    public float[] Read(string question, string answer) => ReaderOf(question).Read(answer);

    private static double Log(int count) => Math.Log(1 + count);

    private static double Flag(bool value) => value ? 1 : 0;

    private sealed class Reader(QuestionReading question) : ITextReader
    {
        public float[] Read(string answer)
        {
            ArgumentNullException.ThrowIfNull(answer);
            AnswerReading reading = new(question, answer);
            float[] features = new float[Table.Length];
            for (int i = 0; i < features.Length; i++)
                features[i] = (float)Table[i].Value(reading);
            return features;
        }
    }
}
