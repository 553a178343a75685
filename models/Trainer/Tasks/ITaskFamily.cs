namespace CascadeLocal.Trainer.Tasks;

/// <summary>A kind of question that can be asked with ever new operands and in many phrasings.</summary>
internal interface ITaskFamily
{
    /// <summary>Its name, unique in the catalogue.</summary>
    string Name { get; }

    /// <summary>The topic it belongs to.</summary>
    string Topic { get; }

    /// <summary>Its levels are 1 .. this, the last the hardest.</summary>
    int Levels { get; }

    /// <summary>How much training it wants.</summary>
    Difficulty Difficulty { get; }

    /// <summary>The generated ways in which its (last) question is asked; none where people wrote them all.</summary>
    Phrasings Phrasings { get; }

    /// <summary>The file of <see cref="WrittenPhrasings"/> with the ways in which people ask it.</summary>
    string WrittenName { get; }

    /// <summary>How many families it counts for where families are drawn by weight.</summary>
    double Weight { get; }

    /// <summary>How many times as often training draws it as its weight and difficulty alone would have it.</summary>
    double Practice { get; }

    /// <summary>Whether training also asks it in long rows of nothing but such questions, one behind the other.</summary>
    bool IsDrilled => false;

    /// <summary>Draws a question of <paramref name="level"/> that belongs to <paramref name="split"/>.</summary>
    /// <exception cref="ArgumentException">
    /// The level does not exist, or phrasings that training does not use are asked for outside <see cref="TaskSplit.Test"/>.
    /// </exception>
    TaskExample Draw(Random random, int level, TaskSplit split, PhrasingPool pool = PhrasingPool.Seen);

    /// <summary>Draws a phrasing of a pool.</summary>
    string DrawPhrasing(Random random, PhrasingPool pool) => pool switch
    {
        PhrasingPool.Written => WrittenPhrasings.Of(WrittenName).DrawOfTraining(random),
        PhrasingPool.UnseenWriter => random.Pick(WrittenPhrasings.Of(WrittenName).TestD),
        _ => random.Pick(Phrasings.In(pool)),
    };
}
