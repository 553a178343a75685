namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// Several answers of one member to one request, read as one: an event says by <see cref="AnswerEvent.Choice"/> which answer it is of, and
/// each answer has an end of its own. The first one that fails fails all of them.
/// </summary>
internal sealed class SideBySide(IReadOnlyList<IAnswer> answers) : IAnswer
{
    private readonly Task<bool>?[] _waits = new Task<bool>?[answers.Count];
    private readonly bool[] _ended = new bool[answers.Count];
    private int _next;

    /// <inheritdoc/>
    public ReadOnlySpan<char> Text => answers[0].Text;

    /// <inheritdoc/>
    public AnswerMarkup? Markup => answers[0].Markup;

    /// <inheritdoc/>
    public ReadOnlySpan<char> TextOf(int choice) => answers[choice].Text;

    /// <inheritdoc/>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            List<Task<bool>> waits = [];
            for (int i = 0; i < answers.Count; i++)
            {
                if (!_ended[i])
                    waits.Add(_waits[i] ??= answers[i].WaitAsync(CancellationToken.None).AsTask());
            }

            if (waits.Count == 0)
                return false;
            // An answer is waited for once at a time, so what was begun goes on where this wait is given up.
            if (await (await Task.WhenAny(waits).WaitAsync(cancellationToken)))
                return true;
            for (int i = 0; i < answers.Count; i++)
                _ended[i] |= _waits[i] is { IsCompletedSuccessfully: true, Result: false };
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out AnswerEvent next)
    {
        // In turns, so that no answer waits for another one's end.
        for (int tried = 0; tried < answers.Count; tried++)
        {
            int choice = _next;
            _next = (_next + 1) % answers.Count;
            if (_ended[choice] || _waits[choice] is { IsCompleted: false })
                continue;
            _waits[choice] = null;
            if (!answers[choice].TryRead(out next))
                continue;
            _ended[choice] = !next.IsToken;
            next = next with { Choice = choice };
            return true;
        }

        next = default;
        return false;
    }

    /// <inheritdoc/>
    public void Stop()
    {
        foreach (IAnswer answer in answers)
            answer.Stop();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IAnswer answer in answers)
            await answer.DisposeAsync();
    }
}
