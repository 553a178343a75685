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

    /// <summary>The ways in which its (last) question is asked.</summary>
    Phrasings Phrasings { get; }

    /// <summary>Draws a question of <paramref name="level"/> that belongs to <paramref name="split"/>.</summary>
    /// <exception cref="ArgumentException">
    /// The level does not exist, or phrasings that training does not use are asked for outside <see cref="TaskSplit.Test"/>.
    /// </exception>
    TaskExample Draw(Random random, int level, TaskSplit split, PhrasingPool pool = PhrasingPool.Seen);
}
