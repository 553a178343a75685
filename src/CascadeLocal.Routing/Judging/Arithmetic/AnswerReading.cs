namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>An answer to a question, taken apart once for all features.</summary>
internal sealed class AnswerReading
{
    public AnswerReading(QuestionReading question, string answer)
    {
        ScannedText answerText = TextScanner.Scan(answer);
        Final = FinalAnswer.Find(answer, answerText.Tokens);
        List<Equation> annotated = EquationReader.Read(answerText.Annotations);
        List<Equation> written = EquationReader.Read(answerText.Tokens);
        Annotated = new(annotated, Final);
        Written = new(written, Final);
        All = new([.. annotated.Concat(written).OrderBy(equation => equation.Start)], Final);
        Support = new(question.Scanned.Tokens, answerText.Tokens, All, Final);
        Question = question.Wording;
        Answer = new(answer, answerText);
        Annotations = answerText.AnnotationCount;
        EndsInAnnotation = answerText.EndsInAnnotation;
        LinesWithoutEquation = CountLinesWithout(written, annotated, answer);
        Overlap = ClosingOverlap.Measure(question.Text, answer, Final);
    }

    public FinalAnswer Final { get; }

    /// <summary>Equations in calculator annotations.</summary>
    public ArithmeticFacts Annotated { get; }

    /// <summary>Equations of the text itself.</summary>
    public ArithmeticFacts Written { get; }

    public ArithmeticFacts All { get; }

    public SupportFacts Support { get; }

    public WordingFacts Question { get; }

    public WordingFacts Answer { get; }

    public int Annotations { get; }

    public bool EndsInAnnotation { get; }

    /// <summary>Lines in which no equation begins.</summary>
    public int LinesWithoutEquation { get; }

    /// <summary>Share of the asking sentence's words that stand in the answer's closing line.</summary>
    public double Overlap { get; }

    private static int CountLinesWithout(List<Equation> written, List<Equation> annotated, string answer)
    {
        bool[] has = new bool[answer.AsSpan().Count('\n') + 1];
        int[] starts = [.. written.Concat(annotated).Select(equation => equation.Start).Order()];
        int line = 0;
        int at = 0;
        foreach (int start in starts)
        {
            line += answer.AsSpan(at, start - at).Count('\n');
            at = start;
            has[line] = true;
        }

        return has.Count(equation => !equation);
    }
}

/// <summary>A question, taken apart once for all readings of the answer to it.</summary>
internal sealed class QuestionReading(string text)
{
    public string Text => text;

    public ScannedText Scanned { get; } = TextScanner.Scan(text);

    public WordingFacts Wording => field ??= new(text, Scanned);
}
