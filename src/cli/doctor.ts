import { Command } from 'commander';

/** `forbear doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'look at everything that Forbear needs, and say what is wrong and what to do about it; nothing is changed',
    )
    .option('--json', 'one JSON record a line')
    .action(async (flags: { json?: boolean }) => {
      const { doctor } = await import('./doctor/doctor.js');
      await doctor(flags);
    });
}
